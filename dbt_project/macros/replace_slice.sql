{# Incremental models own a slice of their table and replace it whole, so that a re-run never doubles or leaves old rows behind,
   even when it yields no rows. `meta.replaces` of the model names the slice:
     weeks     the weeks first_week .. last_week
     outcomes  the weeks whose label window ends in, or reads, an extract of first_week .. last_week
     run       the scored week and the run
   `shifted_by` moves the weeks of `outcomes`, for reading what lies after them.
   macros/materialization_duckdb.sql replaces the slice in DuckDB; Athena's default strategy, insert_overwrite, replaces partitions. #}

{% macro slice_predicate(slice, shifted_by=0) -%}
    {%- if slice == 'weeks' -%}
        week between {{ first_week() }} and {{ last_week() }}
    {%- elif slice == 'outcomes' -%}
        week between {{ add_weeks(first_week(), shifted_by - 5) }} and {{ add_weeks(last_week(), shifted_by - 1) }}
    {%- elif slice == 'run' -%}
        week = {{ scored_week() }} and run_id = {{ run_id() }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("The slice '" ~ slice ~ "' is not known. Use weeks, outcomes or run.") }}
    {%- endif -%}
{%- endmacro %}
