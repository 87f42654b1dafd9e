"""Imports the tables of every room, so that the metadata is whole for migrations and checks."""

from shared.care import models as care
from shared.children import models as children
from shared.incidents import models as incidents
from shared.kernel import models as kernel
from shared.kernel.database import Base
from shared.notifications import models as notifications
from shared.organisations import models as organisations
from shared.people import models as people
from shared.rollups import models as rollups

ROOMS = (kernel, organisations, people, children, care, incidents, notifications, rollups)
METADATA = Base.metadata
