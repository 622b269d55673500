# SPDX-License-Identifier: Apache-2.0
"""Stands in for the filters of Kolla-Ansible, for one host."""

from jinja2 import pass_context


@pass_context
def kolla_address(context, network, host=None):
    return context["hostvars"][host or context["inventory_hostname"]]["api_interface_address"]


def put_address_in_context(address, kind):
    return f"[{address}]" if ":" in address and kind == "url" else address


def kolla_url(fqdn, protocol, port, path=""):
    return f"{protocol}://{put_address_in_context(fqdn, 'url')}:{port}{path}"


@pass_context
def select_services_enabled_and_mapped_to_host(context, services):
    return {
        name: service for name, service in services.items()
        if service["enabled"] and context["inventory_hostname"] in context["groups"][service["group"]]}


class FilterModule:
    def filters(self):
        return {
            each.__name__: each
            for each in (kolla_address, kolla_url, put_address_in_context, select_services_enabled_and_mapped_to_host)}
