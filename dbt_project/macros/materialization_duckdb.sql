{# `incremental` on DuckDB: delete the slice that the model owns (macros/replace_slice.sql) and insert the query's rows, in one
   transaction. The adapter's own version writes the rows to a temporary table first, and deletes only what the new rows match:
   for 100,000 customers that takes half as long again, and a run that yields fewer rows would leave old ones behind.
   A slice of several weeks is built week by week. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] -%}

    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set slice = config.meta_get('replaces') -%}

    {%- if existing is not none and (should_full_refresh() or existing.is_view) -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is none -%}
        {%- do run_query(create_table_as(False, target_relation, get_empty_subquery_sql(compiled_code))) -%}
    {%- endif -%}
    {%- set columns = columns_to_insert(target_relation, compiled_code) -%}

    {%- if slice == 'run' -%}
        {%- do run_query('delete from ' ~ target_relation ~ ' where ' ~ slice_predicate(slice)) -%}
        {%- call statement('main') -%}
            insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from ({{ compiled_code }}) as new_rows
        {%- endcall -%}
    {%- else -%}
        {%- for week in weeks_of_slice(slice) -%}
            {%- do run_query("set variable this_week = date '" ~ week ~ "'") -%}
            {%- call statement('main') -%}
                delete from {{ target_relation }} where week = {{ this_week() }}
            {%- endcall -%}
            {%- if slice != 'outcomes' or label_window_is_observed(this_week()) -%}
                {%- call statement('main') -%}
                    insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from ({{ compiled_code }}) as new_rows
                {%- endcall -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{%- endmaterialization %}

{# The columns of the contract as a list for insert. The query is checked against the contract, and a column that the table does not
   have yet is added: it is null in the rows that stay. `last` names the columns that come at the end. #}
{% macro columns_to_insert(target_relation, query, last=[]) -%}
    {%- if not config.get('contract').enforced -%}
        {{ exceptions.raise_compiler_error(model.name ~ " is incremental without a contract. Set `contract: {enforced: true}` and "
            ~ "give each column of its YAML a data_type.") }}
    {%- endif -%}
    {%- do get_assert_columns_equivalent(query) -%}
    {%- set existing = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- for column in model.columns.values() if column.name not in existing -%}
        {%- do run_query(adapter.dispatch('add_column', 'engage')(target_relation, column)) -%}
    {%- endfor -%}
    {{ return((model.columns.keys() | reject('in', last) | list + last) | join(', ')) }}
{%- endmacro %}

{% macro duckdb__add_column(relation, column) -%}
    alter table {{ relation }} add column {{ column.name }} {{ column.data_type }}
{%- endmacro %}

{% macro athena__add_column(relation, column) -%}
    alter table `{{ relation.schema }}`.`{{ relation.identifier }}` add columns (`{{ column.name }}` {{ hive_type(column.data_type) }})
{%- endmacro %}
