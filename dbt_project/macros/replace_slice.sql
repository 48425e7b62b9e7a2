{# Incremental models own a slice of their table and replace it whole, so that a re-run never doubles rows or leaves old ones
   behind, even when it yields none. `meta.replaces` of the model names the slice:
     weeks     the weeks first_week .. last_week
     outcomes  the weeks whose label window reads an extract of first_week .. last_week
     run       the scored week and the run
   macros/materialization_duckdb.sql replaces the slice in DuckDB; macros/materialization_athena.sql replaces partitions. #}

{% macro slice_predicate(slice) -%}
    {%- if slice == 'weeks' -%}
        week between {{ first_week() }} and {{ last_week() }}
    {%- elif slice == 'outcomes' -%}
        week between {{ add_weeks(first_week(), -var('outcome_weeks')) }} and {{ add_weeks(last_week(), -1) }}
    {%- elif slice == 'run' -%}
        week = {{ scored_week() }} and run_id = {{ run_id() }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("The slice '" ~ slice ~ "' is not known. Use weeks, outcomes or run.") }}
    {%- endif -%}
{%- endmacro %}

{# The week that a query of the features builds. Its memory is that of one week, however long the range is: joins of a quarter of
   100,000 customers took 4 GB, those of a week a tenth of it.
   DuckDB runs the query once for each week of the slice and sets a variable of the session. A session of Athena has no variables:
   there, views name the scored week, and the query of an outcomes model holds a mark in which its materialization puts each week. #}
{% macro this_week() -%}
    {{ return(adapter.dispatch('this_week', 'engage')()) }}
{%- endmacro %}

{% macro duckdb__this_week() -%}
    {%- if model.resource_type == 'model' -%}
        {{ return("cast(getvariable('this_week') as date)") }}
    {%- endif -%}
    {{ return(scored_week()) }} {# a unit test builds the week that it names #}
{%- endmacro %}

{% macro athena__this_week() -%}
    {%- if execute and (first_week() != scored_week() or last_week() != scored_week()) -%}
        {{ exceptions.raise_compiler_error("This engine builds one week at a time: pass the same week as week, first_week and "
            ~ "last_week, and run once for each week of the range.") }}
    {%- endif -%}
    {%- if model.config.get('meta', {}).get('replaces') == 'outcomes' -%}
        {{ return(week_mark()) }}
    {%- endif -%}
    {{ return(scored_week()) }}
{%- endmacro %}

{# Valid SQL, and a Monday before any that is built. #}
{% macro week_mark() -%}
    {{ return("date '1970-01-05'") }}
{%- endmacro %}

{# The weeks of a slice as ISO dates. #}
{% macro weeks_of_slice(slice) -%}
    {%- set first = modules.datetime.date.fromisoformat(first_week()[6:16]) -%}
    {%- set last = modules.datetime.date.fromisoformat(last_week()[6:16]) -%}
    {%- set weeks = [] -%}
    {%- set offsets = (-var('outcome_weeks'), -1) if slice == 'outcomes' else (0, 0) -%}
    {%- for number in range(offsets[0], (last - first).days // 7 + 1 + offsets[1]) -%}
        {%- do weeks.append((first + modules.datetime.timedelta(days=7 * number)).isoformat()) -%}
    {%- endfor -%}
    {{ return(weeks) }}
{%- endmacro %}

{# Whether the extract in which the label window of a week ends is in the lake. The newest weeks of an outcomes slice wait for theirs:
   their query would find nothing, after reading everything else. #}
{% macro label_window_is_observed(week) -%}
    {%- set found = run_query(
        'select count(*) from (select 1 from ' ~ ref('activity') ~ ' where week = ' ~ add_weeks(week, var('outcome_weeks')) ~ ' limit 1)'
    ) -%}
    {{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}
