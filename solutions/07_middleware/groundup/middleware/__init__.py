"""Layers around an application: what many handlers need, written once.

Apart from the app, which knows how layers are composed and none of them. The rule: each module
here is one layer, or helps to compose them; `groundup` names them all.
"""
