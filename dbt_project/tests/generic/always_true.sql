{# `condition` holds in every row; a null counts as a failure. #}
{% test always_true(model, condition, slice='run') -%}

    select *
    from {{ model }}
    where {{ slice_predicate(slice) }} and not coalesce({{ condition }}, false)

{%- endtest %}
