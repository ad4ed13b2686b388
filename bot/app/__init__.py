"""The composition root: turns settings into clients, ports, web app and worker; alone imports `integrations`."""
