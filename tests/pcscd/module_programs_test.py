# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""cardmux-pkcs11.so in programs that we did not write, over a real pcscd and a simulated card:
sign, decrypt and authenticate as their users would."""
import os
import pathlib
import pwd
import re
import socket
import unittest

from private_pcscd import MODULE, PIN, PrivatePcscd, wait_until

RUNS_OF_TEST_THREADS = 12
ENGINE = "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so"
ENGINE_CONFIGURATION = f"""
openssl_conf = setup
[setup]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = {ENGINE}
MODULE_PATH = {MODULE}
init = 0
[req]
distinguished_name = empty
[empty]
"""
P11_KIT_MODULES = "/usr/share/p11-kit/modules"
AUTHENTICATION, KEY_MANAGEMENT = "%01", "%03"  # CKA_ID of 9A and 9D


def pkcs11_tool(world, *arguments, **more):
    return world.run(["pkcs11-tool", "--module", MODULE, *arguments], **more)


def read_certificate(world, key_id):
    """The certificate of the key with this CKA_ID, as a PEM file."""
    digits = key_id.strip("%")
    pkcs11_tool(world, "--read-object", "--type", "cert", "--id", digits, "-o", "certificate.der")
    world.run(["openssl", "x509", "-inform", "DER", "-in", "certificate.der", "-out",
               f"certificate{digits}.pem"])
    return f"certificate{digits}.pem"


def use_engine(world):
    """Lets openssl's PKCS#11 engine load our module. Returns what to say on its command line."""
    configuration = world.folder / "openssl.cnf"
    configuration.write_text(ENGINE_CONFIGURATION)
    world.environment["OPENSSL_CONF"] = str(configuration)
    return ["-engine", "pkcs11", "-keyform", "engine"]


def key_uri(key_id):
    return f"pkcs11:id={key_id};type=private?pin-value={PIN}"


def check_counters(test, world):
    """No program may cost a try of the PIN."""
    card = world.card()
    test.assertEqual((card["pin_tries_left"], card["wrong_pins"]), (3, 0))


class OpenSsl(unittest.TestCase):
    def check_signed_document(self, algorithm):
        with PrivatePcscd(cards=[f"key={algorithm}"]) as world:
            certificate = read_certificate(world, AUTHENTICATION)
            (world.folder / "document").write_text("To be signed.\n" * 100)
            engine = use_engine(world)
            world.run(["openssl", "cms", "-sign", *engine, "-inkey", key_uri(AUTHENTICATION),
                       "-signer", certificate, "-in", "document", "-md", "sha256", "-outform",
                       "PEM", "-out", "signed", "-nodetach", "-binary"])
            del world.environment["OPENSSL_CONF"]
            verified = world.run(["openssl", "cms", "-verify", "-in", "signed", "-inform", "PEM",
                                  "-CAfile", certificate, "-purpose", "any", "-binary", "-out",
                                  "verified"])
            self.assertIn("successful", verified.err)
            self.assertEqual((world.folder / "verified").read_bytes(),
                             (world.folder / "document").read_bytes())
            check_counters(self, world)

    def test_cms_signs_with_an_rsa_key(self):
        self.check_signed_document("rsa2048")

    def test_cms_signs_with_a_p256_key(self):
        self.check_signed_document("p256")

    def test_cms_decrypts(self):
        with PrivatePcscd() as world:
            certificate = read_certificate(world, KEY_MANAGEMENT)
            (world.folder / "document").write_text("A secret.\n" * 100)
            world.run(["openssl", "cms", "-encrypt", "-aes256", "-in", "document", "-binary",
                       "-outform", "PEM", "-out", "secret", certificate])
            engine = use_engine(world)
            world.run(["openssl", "cms", "-decrypt", *engine, "-inkey", key_uri(KEY_MANAGEMENT),
                       "-recip", certificate, "-in", "secret", "-inform", "PEM", "-binary",
                       "-out", "clear"])
            self.assertEqual((world.folder / "clear").read_bytes(),
                             (world.folder / "document").read_bytes())
            check_counters(self, world)

    def test_a_request_and_a_certificate_are_made_with_the_key_on_the_card(self):
        with PrivatePcscd() as world:
            engine = use_engine(world)
            common = [*engine, "-key", key_uri(AUTHENTICATION), "-subj", "/CN=on the card"]
            world.run(["openssl", "req", "-new", *common, "-out", "request"])
            world.run(["openssl", "req", "-x509", "-days", "2", *common, "-out", "certificate"])
            del world.environment["OPENSSL_CONF"]
            world.run(["openssl", "req", "-verify", "-noout", "-in", "request"])
            world.run(["openssl", "verify", "-check_ss_sig", "-CAfile", "certificate",
                       "certificate"])


class GnuTls(unittest.TestCase):
    def test_p11tool_signs(self):
        for algorithm in ("rsa2048", "p256"):
            with self.subTest(algorithm), PrivatePcscd(cards=[f"key={algorithm}"]) as world:
                signed = world.run(["p11tool", "--provider", MODULE, "--login", "--set-pin", PIN,
                                    "--test-sign", f"pkcs11:id={AUTHENTICATION};type=private"])
                self.assertNotIn("error", signed.err.lower(), signed)
                check_counters(self, world)

    def test_p11tool_lists_tokens_and_exports_a_certificate(self):
        with PrivatePcscd() as world:
            self.assertIn("pkcs11:", world.run(["p11tool", "--provider", MODULE,
                                                "--list-token-urls"]).out)
            exported = world.run(["p11tool", "--provider", MODULE, "--export",
                                  f"pkcs11:id={AUTHENTICATION};type=cert"])
            self.assertIn("BEGIN CERTIFICATE", exported.out)


class Pkcs11Tool(unittest.TestCase):
    def check_all_tests(self, *settings):
        with PrivatePcscd(cards=settings) as world:
            tested = pkcs11_tool(world, "--test", "--login", "--pin", PIN, seconds=60)
            self.assertIn("No errors", tested.out)
            self.assertNotIn("ERR", tested.out, tested)
            check_counters(self, world)

    def test_all_tests_with_rsa_keys(self):
        self.check_all_tests()

    def test_all_tests_with_p256_keys(self):
        self.check_all_tests("key=p256")

    def test_all_tests_with_short_commands_only(self):
        self.check_all_tests("chaining-only")

    def test_all_tests_with_a_card_that_cannot_log_out(self):
        self.check_all_tests("no-logout", "61xx")

    def test_threads_neither_crash_nor_hang(self):
        """OpenSC's module crashed in 7 of 12 runs of such a test, ykcs11 hung in 7."""
        threads = ["ILGISLT0", "INSLT0GI", "ILSLT0SLT0", "P0INGISL"]
        with PrivatePcscd() as world:
            for number in range(RUNS_OF_TEST_THREADS):
                options = [word for test in threads for word in ("--test-threads", test)]
                ended = pkcs11_tool(world, *options, "--test", "--login", "--pin", PIN, seconds=20)
                self.assertIn("No errors", ended.out, f"run {number}: {ended}")
                self.assertNotIn("threads stills active", ended.err + ended.out,
                                 f"run {number}: {ended}")
            check_counters(self, world)


class OpenSsh(unittest.TestCase):
    def public_keys(self, world):
        lines = world.run(["ssh-keygen", "-D", MODULE]).out.splitlines()
        return [line for line in lines if re.match(r"(ssh-rsa|ecdsa-sha2-nistp\d+) ", line)]

    def test_keygen_shows_the_public_keys(self):
        with PrivatePcscd(cards=["key=rsa2048", "signkey=p256"]) as world:
            kinds = sorted(line.split()[0] for line in self.public_keys(world))
            self.assertEqual(kinds, ["ecdsa-sha2-nistp256"] + 3 * ["ssh-rsa"])

    def start_sshd(self, world):
        """An sshd for this user on the loopback. Returns its port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        world.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host_key"])
        (world.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {world.folder}/host_key\n"
            f"AuthorizedKeysFile {world.folder}/authorized_keys\nStrictModes no\nUsePAM no\n"
            "PidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin yes\n")
        command = f"exec /usr/sbin/sshd -D -e -f {world.folder}/sshd_config"
        if os.geteuid() == 0 and not pathlib.Path("/run/sshd").exists():
            # Root's sshd wants this folder: in a /run that only this sshd sees.
            command = f"mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && {command}"
            program = world.start(["unshare", "-m", "sh", "-c", command])
        else:
            program = world.start(["sh", "-c", command])
        wait_until(lambda: "Server listening" in program.output()[1], 10,
                   f"sshd listens: {program.output()}")
        return port

    def check_login(self, algorithm):
        with PrivatePcscd(cards=[f"key={algorithm}"]) as world:
            key = self.public_keys(world)[0]
            (world.folder / "authorized_keys").write_text(key + "\n")
            port = self.start_sshd(world)
            askpass = world.folder / "askpass"
            askpass.write_text(f"#!/bin/sh\necho {PIN}\n")
            askpass.chmod(0o700)
            user = pwd.getpwuid(os.geteuid()).pw_name
            said = world.run(["ssh", "-F", "/dev/null", "-p", str(port), "-o",
                              f"PKCS11Provider={MODULE}", "-o", "IdentityFile=/nonexistent", "-o",
                              "StrictHostKeyChecking=no", "-o",
                              f"UserKnownHostsFile={world.folder}/known_hosts",
                              f"{user}@127.0.0.1", "echo logged in"],
                             SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force")
            self.assertIn("logged in", said.out)
            self.assertGreaterEqual(world.card()["private_key_operations"], 1)
            check_counters(self, world)

    def test_login_with_an_rsa_key(self):
        self.check_login("rsa2048")

    def test_login_with_a_p256_key(self):
        self.check_login("p256")


class P11Kit(unittest.TestCase):
    def test_lists_the_module_and_its_token(self):
        with PrivatePcscd() as world:
            modules = world.folder / "modules"
            modules.mkdir()
            (modules / "cardmux.module").write_text(f"module: {MODULE}\n")
            # p11-kit ignores a user's configuration for root, so ours takes the system's place.
            command = f"mount --bind {modules} {P11_KIT_MODULES} && exec p11-kit list-modules"
            namespace = "-m" if os.geteuid() == 0 else "-rm"
            listed = world.run(["unshare", namespace, "sh", "-c", command]).out
            ours = re.split(r"^(?=\S)", listed[listed.index("cardmux:"):], flags=re.M)[1]
            self.assertIn(str(MODULE), ours, listed)
            self.assertRegex(ours, r"token: \S", listed)


if __name__ == "__main__":
    unittest.main()
