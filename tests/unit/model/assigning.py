"""The two ways in which a field gets its value."""


def assigned(model, field, value):
    """Assign to a field, and give the model: the other way in besides the constructor."""
    setattr(model, field, value)
    return model


def ways(cls, field, value):
    return cls(**{field: value}), assigned(cls(), field, value)
