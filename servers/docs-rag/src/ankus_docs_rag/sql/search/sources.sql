SELECT id, name, version, snapshot FROM source ORDER BY name
