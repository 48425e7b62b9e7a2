{# A table of the lake. Its files are `meta.path` of the source's YAML, below the variable `lake`; {table} in it stands for the
   table's name, {week} and {run_id} for the run's own. Athena reads the Glue table of the same name instead.

   A folder without files reads as an empty table with the YAML's columns: on the first run nothing is published yet, and a
   week may have had no campaign. Sources whose meta says `required: true` must have files. The folder is looked up when the model is
   compiled. #}
{% macro lake_source(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if relation.is_cte or not execute -%}
        {{ return(relation) }} {# a unit test's rows, or parsing: only the dependency matters #}
    {%- endif -%}
    {{ return(adapter.dispatch('read_lake', 'engage')(relation, source_name, table_name)) }}
{%- endmacro %}

{% macro athena__read_lake(relation, source_name, table_name) -%}
    {{ return(api.Relation.create(database=target.database, schema=generate_schema_name(source_name, none), identifier=table_name)) }}
{%- endmacro %}

{% macro duckdb__read_lake(relation, source_name, table_name) -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name) | selectattr('name', 'equalto', table_name) | first -%}
    {%- set files = lake_files(node.meta.path | replace('{table}', table_name)) -%}
    {%- if run_query("select count(*) from glob('" ~ files ~ "')").columns[0].values()[0] == 0 -%}
        {{ return(empty_table(node, files)) }}
    {%- endif -%}
    {%- if 'week=*' in files -%}
        {# The folder name prunes the weeks that a query does not ask for. #}
        {{ return("read_parquet('" ~ files ~ "', hive_partitioning = true, hive_types = {'week': date})") }}
    {%- endif -%}
    {{ return("read_parquet('" ~ files ~ "', hive_partitioning = false)") }}
{%- endmacro %}

{% macro lake_files(path) -%}
    {%- set lake = run_variable('lake', "Pass the lake's root: --vars '{\"lake\": \"/path/to/lake\"}'.") -%}
    {%- set files = lake ~ '/' ~ path -%}
    {%- if '{week}' in path -%}
        {%- set files = files | replace('{week}', scored_week()[6:16]) -%}
    {%- endif -%}
    {%- if '{run_id}' in path -%}
        {%- set files = files | replace('{run_id}', run_id()[1:-1]) -%}
    {%- endif -%}
    {{ return(files | replace("'", "''")) }}
{%- endmacro %}

{% macro empty_table(node, files) -%}
    {%- if node.meta.get('required') -%}
        {{ exceptions.raise_compiler_error("There are no files " ~ files ~ ". Results are built from the " ~ node.name
            ~ " of a run: build those first, or pass the run_id of a run that has them.") }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {{ return('(select ' ~ columns | join(', ') ~ ' where false)') }}
{%- endmacro %}
