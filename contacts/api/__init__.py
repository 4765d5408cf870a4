"""The API of this room, and what every room's API is made of.

serializers.py, fields.py, views.py, filters.py, parsers.py, pages.py and problems.py are the base; what every
resource can do on top stands in idempotency.py, bulk.py, changes.py, selection.py and sheets.py. The other
modules are the resources, each with its serializer and viewset, by noun.
"""
