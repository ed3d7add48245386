"""For any WSGI server: `gunicorn --worker-class gthread --threads 1200 wsgi:app`; `ops-admin web` does just that."""

from ops_admin.app import create_app

app = create_app()
