{# One row per combination of `columns`, none of them null. `slice` (weeks | outcomes | run) limits the test to what this run wrote. #}
{% test unique_grain(model, columns, slice=none) -%}

    select {{ columns | join(', ') }}
    from {{ model }}
    {% if slice %}where {{ slice_predicate(slice) }}{% endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {%- for column in columns %} or {{ column }} is null{% endfor %}

{%- endtest %}
