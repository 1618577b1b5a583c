SELECT id, identity, fingerprint, dimensions FROM model WHERE state = 'live'
