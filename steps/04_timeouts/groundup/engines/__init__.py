"""The engines: each moves bytes between sockets and `handle`, and none knows a route.

They differ in who waits: a thread for each request, an event loop in each of several threads, or
one event loop that does it all. Rule: they all keep the same promises, and pass the same suite.
"""
