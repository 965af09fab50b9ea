"""The served book: groundup at work, and a step's tests beside the text, live.

Apart because it alone runs the finished framework inside the workshop's own process.
"""
