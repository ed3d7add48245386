"""AUTH, how people sign in: passwords, sessions, Microsoft."""
