"""AUTH: how somebody signs in: passwords, sessions, Microsoft."""
