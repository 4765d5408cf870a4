from portal.models.seen import Look, Seen
from portal.models.webhooks import Delivery, DeliveryAttempt, Endpoint

__all__ = ["Delivery", "DeliveryAttempt", "Endpoint", "Look", "Seen"]
