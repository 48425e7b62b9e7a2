{# Two ways to the same number.
   With `of`: the aggregate `total` of the model equals the aggregate `expected` of the other model, over the same slice
   (`of_slice` when it differs). Without: `total` equals `expected` in each row. A side that is null or has no rows fails. #}
{% test accounting_identity(model, total, expected, of=none, slice='run', of_slice=none, tolerance=0) -%}

    {% if of is none %}
    select *
    from {{ model }}
    where
        {{ slice_predicate(slice) }}
        and not coalesce(abs({{ total }} - ({{ expected }})) <= {{ tolerance }}, false)
    {% else %}
    select *
    from (select {{ total }} as total from {{ model }} where {{ slice_predicate(slice) }}) as ours
    cross join (select {{ expected }} as expected from {{ of }} where {{ slice_predicate(of_slice or slice) }}) as theirs
    where not coalesce(abs(ours.total - theirs.expected) <= {{ tolerance }}, false)
    {% endif %}

{%- endtest %}
