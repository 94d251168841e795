// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/request_queue.h"

#include <algorithm>

namespace cardmux::transaction {

RequestQueue::Ring& RequestQueue::ring(ServiceClass service_class) {
    return service_class == ServiceClass::Interactive ? interactive_ : bulk_;
}

void RequestQueue::add(RequestId id, ClientId client, ServiceClass service_class) {
    Ring& clients = ring(service_class);
    const auto same = [&](const ClientQueue& queue) { return queue.client == client; };
    auto found = std::ranges::find_if(clients, same);
    if (found == clients.end()) found = clients.insert(clients.end(), ClientQueue{client, {}});
    found->requests.push_back(id);
}

void RequestQueue::put_back(RequestId id, ClientId client, ServiceClass service_class) {
    front_ = Granted{id, client, service_class};
}

RequestQueue::Granted RequestQueue::take_from(Ring& ring, ServiceClass service_class) {
    ClientQueue client = std::move(ring.front());
    ring.erase(ring.begin());
    const Granted granted{client.requests.front(), client.client, service_class};
    client.requests.erase(client.requests.begin());
    if (!client.requests.empty()) ring.push_back(std::move(client));
    return granted;
}

RequestQueue::Granted RequestQueue::take_next() {
    if (front_) {
        const Granted granted = *front_;
        front_.reset();
        return granted;
    }
    if (bulk_is_next()) {
        interactive_run_ = 0;
        return take_from(bulk_, ServiceClass::Bulk);
    }
    interactive_run_ = bulk_.empty() ? 0 : interactive_run_ + 1;
    return take_from(interactive_, ServiceClass::Interactive);
}

bool RequestQueue::remove(RequestId id) {
    if (front_ && front_->id == id) {
        front_.reset();
        return true;
    }
    for (Ring* clients : {&interactive_, &bulk_}) {
        for (auto client = clients->begin(); client != clients->end(); ++client) {
            if (std::erase(client->requests, id) == 0) continue;
            if (client->requests.empty()) clients->erase(client);
            return true;
        }
    }
    return false;
}

std::size_t RequestQueue::size() const {
    std::size_t count = front_ ? 1 : 0;
    for (const Ring* clients : {&interactive_, &bulk_}) {
        for (const ClientQueue& client : *clients) count += client.requests.size();
    }
    return count;
}

ServiceClass RequestQueue::best_class() const {
    if (!interactive_.empty()) return ServiceClass::Interactive;
    return front_ ? front_->service_class : ServiceClass::Bulk;
}

bool RequestQueue::bulk_is_next() const {
    if (interactive_.empty()) return true;
    return !bulk_.empty() && interactive_run_ >= interactive_run_max_;
}

std::vector<RequestId> RequestQueue::all() const {
    std::vector<RequestId> ids;
    if (front_) ids.push_back(front_->id);
    for (const Ring* clients : {&interactive_, &bulk_}) {
        for (const ClientQueue& client : *clients) {
            ids.insert(ids.end(), client.requests.begin(), client.requests.end());
        }
    }
    return ids;
}

}  // namespace cardmux::transaction
