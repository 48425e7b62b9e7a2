{# `incremental` on Athena: delete the partitions of the slice that the model owns (macros/replace_slice.sql) and insert the query's
   rows. The adapter's insert_overwrite deletes only the partitions that the new rows fall into: a run that yields none would leave
   the old ones behind. Tables are Parquet in hive partitions by week, and by run_id where several versions of a week may exist, so
   that a run never touches what another one has published. The table is declared, not made from the query: its types are those of
   the contract, and a workgroup that prescribes where results go is no obstacle. #}
{% materialization incremental, adapter='athena', supported_languages=['sql'] -%}

    {%- set existing = load_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set slice = config.meta_get('replaces') -%}
    {%- set keys = partition_keys(slice) -%}

    {%- if existing is not none and (should_full_refresh() or existing.is_view) -%}
        {%- do drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}

    {{ run_hooks(pre_hooks) }}

    {%- if existing is none -%}
        {%- do run_query(declare_hive_table(target_relation, keys)) -%}
    {%- endif -%}
    {%- set columns = columns_to_insert(target_relation, compiled_code, keys) -%}

    {%- if slice == 'outcomes' -%}
        {%- set weeks = weeks_of_slice(slice) -%}
    {%- else -%}
        {%- set weeks = [scored_week()[6:16]] -%}
    {%- endif -%}
    {%- for week in weeks -%}
        {%- set literal = "date '" ~ week ~ "'" -%}
        {#- An expression of Glue, not SQL: a date is compared as a text. -#}
        {%- set condition = "week = '" ~ week ~ "'" ~ (' and run_id = ' ~ run_id() if slice == 'run' else '') -%}
        {%- do adapter.clean_up_partitions(target_relation, condition) -%}
        {%- if slice != 'outcomes' or label_window_is_observed(literal) -%}
            {%- call statement('main') -%}
                insert into {{ target_relation }} ({{ columns }})
                select {{ columns }} from ({{ compiled_code | replace(week_mark(), literal) }}) as new_rows
            {%- endcall -%}
        {%- endif -%}
    {%- endfor -%}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}

{%- endmaterialization %}

{% macro partition_keys(slice) -%}
    {{ return(['week', 'run_id'] if slice == 'run' else ['week']) }}
{%- endmacro %}

{# An empty table in a place of its own. #}
{% macro declare_hive_table(relation, keys) -%}
    {%- set declared = [] -%}
    {%- for column in model.columns.values() if column.name not in keys -%}
        {%- do declared.append('`' ~ column.name ~ '` ' ~ hive_type(column.data_type)) -%}
    {%- endfor -%}
    {%- set partitioned_by = [] -%}
    {%- for key in keys -%}
        {%- do partitioned_by.append('`' ~ key ~ '` ' ~ hive_type(model.columns[key].data_type)) -%}
    {%- endfor -%}
    {%- set location = adapter.generate_s3_location(relation, target.s3_data_dir, target.s3_data_naming, none, none, False) -%}
    create external table `{{ relation.schema }}`.`{{ relation.identifier }}` ({{ declared | join(', ') }})
    partitioned by ({{ partitioned_by | join(', ') }})
    stored as parquet
    location '{{ location }}/'
    tblproperties ('parquet.compression' = 'SNAPPY')
{%- endmacro %}

{# The name of a contract's type in a table definition, where Athena speaks Hive. #}
{% macro hive_type(data_type) -%}
    {{ return({'varchar': 'string', 'integer': 'int'}.get(data_type, data_type)) }}
{%- endmacro %}
