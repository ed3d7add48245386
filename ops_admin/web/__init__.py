"""WEB: what every page and answer shares: headers, limits, errors, paging, templates, static files."""
