"""The service under load: many users at once, who read and write; afterwards nothing may be lost."""
