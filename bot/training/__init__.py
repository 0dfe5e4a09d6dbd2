"""What only the making of the reader needs; nothing else imports it."""
