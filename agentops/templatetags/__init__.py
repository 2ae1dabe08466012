"""Template filters of the whole product."""
