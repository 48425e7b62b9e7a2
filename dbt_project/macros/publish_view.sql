{# published.<model>: the rows of published weeks only, for the models that keep past runs. The pointer files are read when the
   view is queried, so that promoting or withdrawing a week is one file and no SQL. The orchestrator keeps an empty
   published/_empty.parquet, without which the view could not exist before the first week is published. #}
{% macro publish_view() -%}
    {%- if execute and model.config.materialized != 'table' -%} {# a table is replaced by each run: nothing of it lasts #}
        {%- set published = api.Relation.create(
            database=this.database, schema=generate_schema_name('published', none), identifier=this.identifier, type='view'
        ) -%}
        create or replace view {{ published }} as
        select rows_of_run.*
        from {{ this }} as rows_of_run
        where exists (
            select 1
            from {{ adapter.dispatch('published_pointers', 'engage')() }} as pointer
            where pointer.week = rows_of_run.week and pointer.run_id = rows_of_run.run_id
        )
    {%- endif -%}
{%- endmacro %}

{% macro create_published_schema() -%}
    create schema if not exists {{ generate_schema_name('published', none) }}
{%- endmacro %}

{% macro duckdb__published_pointers() -%}
    {{ return("read_parquet('" ~ lake_files('published/**/*.parquet') ~ "', hive_partitioning = false)") }}
{%- endmacro %}

{% macro athena__published_pointers() -%}
    {{ return(api.Relation.create(database=target.database, schema=generate_schema_name('lake', none), identifier='published')) }}
{%- endmacro %}

{# The newest published run of an earlier week than the scored one: no row, or one of (week, run_id). #}
{% macro previous_published_run() -%}
    select
        week,
        run_id
    from {{ lake_source('lake', 'published') }}
    where week < {{ scored_week() }}
    order by week desc
    limit 1
{%- endmacro %}
