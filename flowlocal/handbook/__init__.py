"""Pages that explain the language, its operators, the fields of flow logs and what surrounds them."""
