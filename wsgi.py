"""For a WSGI server of your own: `gunicorn --worker-class gthread --threads 1200 wsgi:app`, as `ops-admin web` does.

More than one process needs OPS_ADMIN_REDIS_URL; none of them does the queued work: that is `ops-admin worker`.
"""

from ops_admin.app import create_app
from ops_admin.server import set_up_logging

set_up_logging()
app = create_app()
