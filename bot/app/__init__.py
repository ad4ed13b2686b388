"""Puts everything together: settings become clients, ports, web app and worker; alone imports `integrations`."""
