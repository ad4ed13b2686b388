"""The built-in desks: folders of the same shape as any company's own."""
