// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Against a socket that is called as pcscd's and accepts whoever comes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "transport/pcsc_socket.h"

namespace cardmux::transport {
namespace {

class PcscSocketTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "cardmux-socket-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        const std::string path = folder_ + pcsc_socket_path().substr(pcsc_socket_path().rfind('/'));
        address_.sun_family = AF_UNIX;
        std::strncpy(address_.sun_path, path.c_str(), sizeof address_.sun_path - 1);
        server_ = new_socket();
        ASSERT_EQ(bind(server_, address(), sizeof address_), 0);
        ASSERT_EQ(listen(server_, 16), 0);
    }
    void TearDown() override {
        for (int descriptor : sockets_) close(descriptor);
        std::filesystem::remove_all(folder_);
    }

    sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }
    int new_socket() { return sockets_.emplace_back(socket(AF_UNIX, SOCK_STREAM, 0)); }
    int connect_as_a_client() {
        const int client = new_socket();
        EXPECT_EQ(connect(client, address(), sizeof address_), 0);
        return client;
    }

    static bool child_has(int descriptor) {
        const pid_t child = fork();
        if (child == 0) _exit(fcntl(descriptor, F_GETFD) >= 0 ? 1 : 0);
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return status != 0;
    }

    std::string folder_;
    sockaddr_un address_{};
    std::vector<int> sockets_;
    int server_ = -1;
};

TEST_F(PcscSocketTest, is_found_among_others_and_kept_from_children) {
    const int hosts = connect_as_a_client();
    int unrelated = -1;
    int ours = -1;
    const PcscSocket socket = PcscSocket::opened_by([&] {
        unrelated = new_socket();
        ours = connect_as_a_client();
    });
    EXPECT_FALSE(socket.is_doubtful());
    EXPECT_FALSE(child_has(ours));
    EXPECT_TRUE(child_has(hosts));
    EXPECT_TRUE(child_has(unrelated));
}

TEST_F(PcscSocketTest, is_doubtful_if_the_host_connects_meanwhile) {
    int hosts = -1;
    const PcscSocket socket = PcscSocket::opened_by([&] {
        hosts = connect_as_a_client();
        connect_as_a_client();
    });
    EXPECT_TRUE(socket.is_doubtful());
    EXPECT_TRUE(child_has(hosts));
}

TEST_F(PcscSocketTest, is_doubtful_if_the_host_forks_meanwhile) {
    const PcscSocket socket = PcscSocket::opened_by([&] { child_has(connect_as_a_client()); });
    EXPECT_TRUE(socket.is_doubtful());
}

TEST_F(PcscSocketTest, is_not_doubtful_if_there_is_none) {
    EXPECT_FALSE(PcscSocket::opened_by([] {}).is_doubtful());
}

TEST_F(PcscSocketTest, is_inherited_by_a_forked_child) {
    const PcscSocket socket = PcscSocket::opened_by([&] { connect_as_a_client(); });
    EXPECT_FALSE(socket.is_inherited());
    const pid_t child = fork();
    if (child == 0) _exit(socket.is_inherited() ? 0 : 1);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace cardmux::transport
