// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "test_world.h"

#include <gtest/gtest.h>

#include <atomic>

#include "api/pkcs11/module/module_environment.h"

namespace conformance {
namespace {

std::atomic<int> connection_count = 0;

/// The world's transport, which counts who comes.
class CountingTransport final : public cardmux::transport::Transport {
  public:
    explicit CountingTransport(std::shared_ptr<Transport> world) : world_(std::move(world)) {}
    cardmux::Result<std::unique_ptr<cardmux::transport::ReaderService>> connect_service() override {
        ++connection_count;
        return world_->connect_service();
    }
    std::string world() const override { return world_->world(); }

  private:
    std::shared_ptr<Transport> world_;
};

}  // namespace

cardmux::simulation::Simulation& test_world() {
    static auto& world = *new cardmux::simulation::Simulation;
    return world;
}

int service_connections() {
    return connection_count;
}

std::shared_ptr<cardmux::transport::Transport> make_counting_transport() {
    return std::make_shared<CountingTransport>(test_world().transport);
}

void make_test_world(const char* words) {
    std::string problem;
    const auto spec = cardmux::simulation::parse_simulation_spec(words, problem);
    ASSERT_TRUE(spec.ok()) << problem;
    auto world = cardmux::simulation::build_simulation(*spec, problem);
    ASSERT_TRUE(world.ok()) << problem;
    test_world() = *world;
}

}  // namespace conformance

namespace cardmux::pkcs11 {

Result<provider::Environment> make_environment() {
    provider::Environment environment;
    environment.transport = conformance::make_counting_transport();
    return environment;
}

}  // namespace cardmux::pkcs11
