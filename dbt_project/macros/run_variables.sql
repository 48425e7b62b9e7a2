{# What a run passes with --vars. They are read when SQL is compiled, not when the project is parsed: while parsing they may be
   empty, so a placeholder stands in; a run without them stops with a message. #}

{% macro run_variable(name, remedy) -%}
    {%- set value = var(name) | string | trim -%}
    {%- if execute and value == '' -%}
        {{ exceptions.raise_compiler_error("The variable '" ~ name ~ "' is empty. " ~ remedy) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{# A week variable as a date literal. `week` is the fallback of first_week and last_week. #}
{% macro week_variable(name) -%}
    {%- set given = var(name) | string | trim -%}
    {%- set value = given if given != '' else run_variable(
        'week', "Pass the Monday that opens the scored week: --vars '{\"week\": \"2026-11-09\"}'."
    ) -%}
    {%- if execute and modules.datetime.date.fromisoformat(value).weekday() != 0 -%}
        {{ exceptions.raise_compiler_error("The variable '" ~ name ~ "' is " ~ value
            ~ ", which is not a Monday. Pass the Monday that opens the week, as YYYY-MM-DD.") }}
    {%- endif -%}
    {{ return("date '" ~ (value or '1970-01-05') ~ "'") }}
{%- endmacro %}

{% macro scored_week() -%}
    {{ return(week_variable('week')) }}
{%- endmacro %}

{% macro first_week() -%}
    {{ return(week_variable('first_week')) }}
{%- endmacro %}

{% macro last_week() -%}
    {{ return(week_variable('last_week')) }}
{%- endmacro %}

{% macro run_id() -%}
    {{ return("'" ~ run_variable('run_id', "Pass the id of the run that scored the week: --vars '{\"run_id\": \"...\"}'.") ~ "'") }}
{%- endmacro %}
