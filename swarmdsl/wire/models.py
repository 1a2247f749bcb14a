"""Pydantic models as plain data: by the names of their fields, and with what these hold.

Aliases, serializers, `exclude` and computed fields are for other formats: none of them has a say
here. Pydantic itself is not imported, only asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from swarmdsl.wire.annotations import Annotation, class_of, fields_of, normal
from swarmdsl.wire.readable import readable

Convert = Callable[[Any, Any], Any]
"""A value of a type that msgspec does not know by itself."""


def is_model(kind: object) -> bool:
    """Whether it is a class of models."""
    return hasattr(kind, "model_fields") and hasattr(kind, "model_validate")


def fields_of_model(model: Any) -> dict[str, Any]:
    """What the fields of a model hold, and what it has beyond them where it allows that.

    It may be the model's own dict: not to be changed.
    """
    held: dict[str, Any] = model.__dict__
    fields, more = type(model).__pydantic_fields__, model.__pydantic_extra__
    if not more and held.keys() == fields.keys():
        return held
    return {**{name: held[name] for name in fields if name in held}, **(more or {})}


def is_plain_model(kind: Any) -> bool:
    """Whether a model has fields of certain types and no rules beyond that."""
    fields = kind.__pydantic_fields__.values()
    ruled = kind.__pydantic_root_model__ or kind.__pydantic_post_init__ or _validates(kind)
    return not ruled and not any(one.metadata for one in fields) and set(kind.model_config) <= PLAIN


@functools.lru_cache(maxsize=256)
def plain_fields(kind: Any) -> Mapping[str, object] | None:
    """The fields of a plain model, whose own dict is what travels; None of any other class."""
    if not is_model(kind) or not is_plain_model(kind):
        return None
    fields: Mapping[str, object] = kind.__pydantic_fields__
    return fields


PLAIN = {"frozen", "title"}
"""Of what may be configured, that which no reader looks at."""


def reader_of_model(kind: Any, convert: Convert) -> Callable[[Any], Any]:
    """What makes a model of a value, as `model_from` does: made once for many values."""
    if _has_validators(kind) or kind.__pydantic_root_model__:
        return lambda value: model_from(kind, value, convert)
    validate = kind.__pydantic_validator__.validate_python
    return functools.partial(validate, strict=False, by_alias=False, by_name=True)


def model_from(kind: Any, value: Any, convert: Convert) -> Any:
    """The model of a class that has these fields.

    Pydantic validates it. But validators that somebody wrote have run when the model was made, and
    need not bear to run again on what they made of it: such a model gets its fields back.

    Raises:
        ValueError: the value does not have the fields, or not of these types.
    """
    if _has_validators(kind) and isinstance(value, dict):
        try:
            return _put_back(kind, value, convert)
        except TypeError:  # msgspec cannot tell what a field is, as with one of two models
            pass
    # Not strict: a tuple, say, comes as a list, and that is no mistake of anybody.
    return kind.model_validate(_root(kind, value), strict=False, by_alias=False, by_name=True)


def _root(kind: Any, value: Any) -> Any:
    """A root model is made of what its one field holds."""
    alone = getattr(kind, "__pydantic_root_model__", False) and isinstance(value, dict)
    return value["root"] if alone and value.keys() == {"root"} else value


def _put_back(kind: Any, value: Mapping[str, Any], convert: Convert) -> Any:
    given: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if name in value:
            wanted = readable(field.annotation)
            given[name] = msgspec.convert(value[name], wanted, dec_hook=convert)
        elif field.is_required():
            raise ValueError(f"{kind.__name__} lacks {name}")
        else:
            given[name] = field.get_default(call_default_factory=True)
    allowed = kind.model_config.get("extra") == "allow"
    more = {name: one for name, one in value.items() if name not in given}
    model = kind.__new__(kind)
    model.__setstate__(
        {
            "__dict__": given,
            "__pydantic_extra__": more if allowed else None,
            "__pydantic_fields_set__": {name for name in given if name in value},
            "__pydantic_private__": None,
        }
    )
    if kind.__pydantic_post_init__:
        model.model_post_init(None)
    return model


@functools.lru_cache(maxsize=256)
def _has_validators(kind: Any) -> bool:
    """Whether somebody's own code judges a model, or one inside it."""
    return _runs_code(kind, ())


def _runs_code(annotation: Annotation, inside: tuple[Any, ...]) -> bool:
    found = normal(annotation)
    if found in inside:
        return False
    parts = get_args(found)
    kind: Any = class_of(found)
    if is_model(kind):
        if _validates(kind):
            return True
        parts = (*parts, *(fields_of(found) or {}).values())
    return any(_runs_code(one, (*inside, found)) for one in parts)


def _validates(kind: Any) -> bool:
    own = kind.__pydantic_decorators__
    if own.validators or own.field_validators or own.root_validators or own.model_validators:
        return True
    added = (one for field in kind.model_fields.values() for one in field.metadata)
    return any(type(one).__module__ == "pydantic.functional_validators" for one in added)
