"""WEB, what all pages and answers share: headers, limits, errors, paging, templates, static files."""
