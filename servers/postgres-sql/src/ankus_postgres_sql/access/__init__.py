"""Who may do what: the matrix of identities and roles, their limits, masked columns and the audit log."""
