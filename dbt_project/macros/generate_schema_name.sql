{# Schemas are named after the layer: features.customer_features, not main_features.customer_features.
   A Glue database is shared by the whole account, so Athena prefixes the layer with the profile's schema. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return(adapter.dispatch('layer_schema', 'engage')(custom_schema_name)) }}
{%- endmacro %}

{% macro default__layer_schema(layer) -%}
    {{ return(layer | trim if layer else target.schema) }}
{%- endmacro %}

{% macro athena__layer_schema(layer) -%}
    {{ return(target.schema ~ '_' ~ (layer | trim) if layer else target.schema) }}
{%- endmacro %}
