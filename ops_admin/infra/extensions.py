"""The library objects of the application, bound to it in `app.create_app`."""

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_socketio import SocketIO
from flask_wtf import CSRFProtect

from ops_admin.infra.database import db as db
from ops_admin.infra.queue import LedgerHuey

huey = LedgerHuey("ops_admin")
migrate = Migrate(compare_type=True, render_as_batch=True)
socketio = SocketIO()
babel = Babel()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
login_manager = LoginManager()
