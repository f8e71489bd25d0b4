"""Messages of the dues service. A base or pay item leaves it only towards the member himself and his administrators."""

from services.contracts.dues.messages.amounts import *  # noqa: F403
from services.contracts.dues.messages.arrears import *  # noqa: F403
from services.contracts.dues.messages.books import *  # noqa: F403
from services.contracts.dues.messages.cash import *  # noqa: F403
from services.contracts.dues.messages.cash_returns import *  # noqa: F403
from services.contracts.dues.messages.county_rules import *  # noqa: F403
from services.contracts.dues.messages.months import *  # noqa: F403
from services.contracts.dues.messages.orders import *  # noqa: F403
from services.contracts.dues.messages.owed import *  # noqa: F403
from services.contracts.dues.messages.reconciliation import *  # noqa: F403
from services.contracts.dues.messages.refunds import *  # noqa: F403
from services.contracts.dues.messages.remittance import *  # noqa: F403
from services.contracts.dues.messages.reports import *  # noqa: F403
from services.contracts.dues.messages.spending import *  # noqa: F403
