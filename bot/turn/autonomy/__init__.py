"""How much of a turn reaches the customer: asked of the desk's dial, held under the brake, kept from the preview."""
