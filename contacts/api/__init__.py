"""The API of this room, and what every room's API is made of.

serializers.py, fields.py, views.py, filters.py, pages.py and problems.py are the base; the other modules are
the resources, each with its serializer and viewset, by noun.
"""
