"""What schemathesis does not know by itself: how lines of JSON are sent."""

import schemathesis


@schemathesis.serializer("application/jsonl")
def lines(_ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()
