"""Files, whatever they hold: text of any encoding, TOML with its lines, writing whole or not at all."""
