"""Deliveries over HTTP (网络报送): an API for systems, and pages for a phone. TLS is the reverse proxy's affair."""
