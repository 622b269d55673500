// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestDatabaseUrl {
  @Test
  void aFileIsNamedAsWithSqlite() {
    assertThat(DatabaseUrl.parse("h2:////var/lib/q").jdbc()).startsWith("jdbc:h2:file:/var/lib/q;");
    assertThat(DatabaseUrl.parse("h2:///data/q").jdbc())
        .startsWith("jdbc:h2:file:" + Path.of("data/q").toAbsolutePath() + ";");
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://u@h/d, jdbc:mariadb://h:3306/d?",
    "mysql+pymysql://u@h:3307/d?charset=utf8, jdbc:mariadb://h:3307/d?",
    "mysql+mysqldb://u@h/d?charset=utf8mb4, jdbc:mariadb://h:3306/d?",
    "mariadb://u@[fd00::1]/d, jdbc:mariadb://[fd00::1]:3306/d?",
    "mariadb+pymysql://u@[fd00::1]:3310/d, jdbc:mariadb://[fd00::1]:3310/d?",
    "mysql://u@/d, jdbc:mariadb://localhost:3306/d?",
    "postgresql://u@h/d, jdbc:postgresql://h:5432/d?",
    "postgresql+psycopg2://u@[::1]:6432/a%20b, jdbc:postgresql://[::1]:6432/a%20b?",
  })
  void serversAreNamedAsInSqlAlchemy(String connection, String jdbc) {
    assertThat(DatabaseUrl.parse(connection).jdbc()).startsWith(jdbc);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "user:password user password",
        "user '' ",
        "user: user ''",
        "us%40er:p%40ss%3A%2F%25 us@er p@ss:/%",
        "user:p@ss:w/rd? user p@ss:w/rd?",
        "user:100%25+1% user 100%+1%",
        "user:a%zzb%4 user a%zzb%4",
        "user:$HOME\\#ü user $HOME\\#ü",
      })
  void namesAndPasswordsAreDecodedWhereTheyAreEncoded(String given, String user, String password) {
    var url = DatabaseUrl.parse("mysql+pymysql://" + given + "@h/d");

    assertThat(url.user()).isEqualTo(user.isEmpty() ? "user" : user);
    assertThat(url.password()).isEqualTo(password == null ? "" : password);
    assertThat(url.jdbc()).startsWith("jdbc:mariadb://h:3306/d?");
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://u@h/d, , sslMode",
    "mysql://u@h/d?ssl_ca=/etc/ca.pem, sslMode=verify-full, serverSslCert=/etc/ca.pem",
    "mysql://u@h/d?ssl_ca=/c&ssl_verify_identity=false, sslMode=verify-ca, serverSslCert=/c",
    "mysql://u@h/d?ssl_ca=/c&ssl_check_hostname=0, sslMode=verify-ca, serverSslCert=/c",
    "mysql://u@h/d?ssl_ca=/c&ssl_verify_cert=false, sslMode=trust, serverSslCert=/c",
    "mysql://u@h/d?ssl_verify_cert=true, sslMode=verify-full, serverSslCert",
    "postgresql://u@h/d?sslmode=require, sslmode=require, sslrootcert",
    "postgresql://u@h/d?sslmode=require&sslrootcert=/c, sslmode=verify-ca, sslrootcert=%2Fc",
    "postgresql://u@h/d?sslmode=verify-full&sslrootcert=/c, sslmode=verify-full, sslrootcert=%2Fc",
    "mysql://u@h/d?connect_timeout=3, connectTimeout=3000, ''",
    "postgresql://u@h/d?connect_timeout=3, connectTimeout=3&, ''",
  })
  void optionsAreTranslated(String connection, String one, String other) {
    var jdbc = DatabaseUrl.parse(connection).jdbc();

    if (one == null) {
      assertThat(jdbc).doesNotContain(other);
    } else {
      assertThat(jdbc).contains(one);
      assertThat(jdbc.contains(other)).isEqualTo(other.isEmpty() || other.contains("="));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://u:secret@h/d?unix_socket=/run/mysqld.sock, unix_socket",
    "mysql://u:secret@h/d?ssl_verify_cert=perhaps, ssl_verify_cert",
    "mysql://u:secret@h/d?charset=latin1, charset",
    "mysql://u:secret@h/d?charset, charset",
    "mysql://u:secret@h/d?ssl_ca=/a;b, ssl_ca",
    "mysql://u:secret@h/d?connect_timeout=soon, connect_timeout",
    "mysql://u:secret@h/a;b, database",
    "postgresql://u:secret@h/d?sslmode=yes, sslmode",
    "postgresql://u:secret@h/d?sslcert=/c, sslcert",
    "postgresql://u:secret@h/d?client_encoding=latin1, client_encoding",
    "postgresql://u:secret@h/, scheme://",
    "'postgresql://u:secret@h,i/d', one host",
    "postgresql://:secret@h/d, user",
    "postgresql://h/d, user",
    "sqlite:///qinling.sqlite, h2:////absolute",
    "oracle://u:secret@h/d, mysql+pymysql://",
  })
  void whatIsNotUnderstoodIsNamedWithoutThePassword(String connection, String named) {
    assertThatThrownBy(() -> DatabaseUrl.parse(connection))
        .isInstanceOf(DatabaseUrlException.class)
        .hasMessageContaining("[database] connection")
        .hasMessageContaining(named)
        .message()
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "h2:///", "h2://x", "mysql", "mysql:/u@h/d"})
  void whatHasAnotherFormIsRefused(String connection) {
    assertThatThrownBy(() -> DatabaseUrl.parse(connection))
        .hasMessageContaining("[database] connection");
  }

  @Test
  void thePasswordIsNotShown() {
    assertThat(DatabaseUrl.parse("mysql://user:secret@h/d").toString()).doesNotContain("secret");
  }
}
