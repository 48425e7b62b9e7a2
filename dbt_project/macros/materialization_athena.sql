{# `incremental` on Athena: delete the partitions of the slice that the model owns (macros/replace_slice.sql) and insert the query's
   rows. The adapter's insert_overwrite deletes only the partitions that the new rows fall into: a run that yields none would leave
   the old ones behind. Tables are Parquet in hive partitions by week, and by run_id where several versions of a week may exist, so
   that a run never touches what another one has published. Where the run itself is published already and its results are built
   again, the new rows are written beside the old ones first: a query that fails leaves the old ones. The table is declared, not
   made from the query: its types are those of the contract, and a workgroup that prescribes where results go is no obstacle. #}
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
        {%- do run_query(declare_hive_table(target_relation, keys, unique_location(target_relation))) -%}
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
        {%- set beside = none -%}
        {%- if slice == 'run' and var('rebuilds_published') -%}
            {%- set beside = api.Relation.create(
                database=this.database, schema=this.schema, identifier=this.identifier ~ '__beside', type='table'
            ) -%}
            {%- set location = unique_location(beside) -%}
            {%- do run_query(drop_declaration(beside)) -%}
            {%- do run_query(declare_hive_table(beside, keys, location)) -%}
        {%- else -%}
            {%- do adapter.clean_up_partitions(target_relation, condition) -%}
        {%- endif -%}
        {%- if slice != 'outcomes' or label_window_is_observed(literal) -%}
            {%- call statement('main') -%}
                insert into {{ beside or target_relation }} ({{ columns }})
                select {{ columns }} from ({{ compiled_code | replace(week_mark(), literal) }}) as new_rows
            {%- endcall -%}
        {%- endif -%}
        {%- if beside is not none -%}
            {%- do adapter.clean_up_partitions(target_relation, condition) -%}
            {%- do run_query(adopt_partition(target_relation, week, location)) -%}
            {%- do run_query(drop_declaration(beside)) -%}
        {%- endif -%}
    {%- endfor -%}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}

{%- endmaterialization %}

{% macro partition_keys(slice) -%}
    {{ return(['week', 'run_id'] if slice == 'run' else ['week']) }}
{%- endmacro %}

{# A place for a table that no other has had. #}
{% macro unique_location(relation) -%}
    {{ return(adapter.generate_s3_location(relation, target.s3_data_dir, target.s3_data_naming, none, none, False)) }}
{%- endmacro %}

{# An external table goes, its files stay. #}
{% macro drop_declaration(relation) -%}
    drop table if exists `{{ relation.schema }}`.`{{ relation.identifier }}`
{%- endmacro %}

{# The run's partition of a table is what lies below another place. #}
{% macro adopt_partition(relation, week, location) -%}
    {%- set run = run_id() -%}
    alter table `{{ relation.schema }}`.`{{ relation.identifier }}` add if not exists
    partition (week = '{{ week }}', run_id = {{ run }}) location '{{ location }}/week={{ week }}/run_id={{ run[1:-1] }}/'
{%- endmacro %}

{# An empty table in a place of its own. #}
{% macro declare_hive_table(relation, keys, location) -%}
    {%- set declared = [] -%}
    {%- for column in model.columns.values() if column.name not in keys -%}
        {%- do declared.append('`' ~ column.name ~ '` ' ~ hive_type(column.data_type)) -%}
    {%- endfor -%}
    {%- set partitioned_by = [] -%}
    {%- for key in keys -%}
        {%- do partitioned_by.append('`' ~ key ~ '` ' ~ hive_type(model.columns[key].data_type)) -%}
    {%- endfor -%}
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
