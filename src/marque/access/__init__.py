"""Who may do what: scopes, roles, users, keys, sessions and the audit trail."""
