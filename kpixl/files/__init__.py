"""Files as they are, whatever they hold: text of any encoding."""
