package fovea.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import fovea.core.memory.Storage;
import fovea.core.testing.NativeMemoryCheck.OutsideScopes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The check is checked with an instance of its own, beside the one that watches these tests too.
class NativeMemoryCheckTest {
  private static @Nullable Storage allocatedInTest;

  private final NativeMemoryCheck check = new NativeMemoryCheck(Duration.ofMillis(300));
  private final List<Storage> held = new ArrayList<>();
  private @Nullable Storage field;

  @AfterEach
  void letGo() {
    held.clear();
  }

  @AfterAll
  static void itIsRegisteredAndOpensAScopeForEachTest() {
    assertTrue(allocatedInTest == null || allocatedInTest.isReleased());
  }

  @Test
  void whatATestAllocatesGoesBackAtItsEnd() {
    allocatedInTest = Memory.allocate(1000);
    assertFalse(allocatedInTest.isReleased());
  }

  @Test
  void aLeakFails() {
    check.begin("thisTest");
    held.add(Memory.allocate(3000));
    var error = assertThrows(AssertionError.class, () -> check.end(() -> {}));
    assertEquals(
        "native memory leaked: 2.9 KiB still in use that was not before thisTest; something holds a"
            + " kept tensor or one of another thread",
        error.getMessage());
  }

  @Test
  void whatWasReleasedIsNoLeak() {
    check.begin("a");
    held.add(Memory.allocate(3000));
    held.getFirst().release("the test said so");
    check.end(() -> {});
  }

  @Test
  void whatAScopeGaveBackIsNoLeak() {
    check.begin("a");
    try (var _ = Scope.open("inner")) {
      held.add(Memory.allocate(3000));
    }
    check.end(() -> {});
  }

  @Test
  void whatTheCollectorFindsIsNoLeak() throws InterruptedException {
    check.begin("a");
    inAnotherThread(() -> Memory.allocate(3000));
    check.end(() -> {});
  }

  @Test
  void aLeakOfAnotherThreadFails() throws InterruptedException {
    check.begin("a");
    inAnotherThread(() -> held.add(Memory.allocate(3000)));
    assertThrows(AssertionError.class, () -> check.end(() -> {}));
  }

  @Test
  void whatOnlyTheTestItselfHoldsIsNoLeak() throws InterruptedException {
    check.begin("a");
    inAnotherThread(() -> held.add(Memory.allocate(3000)));
    check.end(held::clear);
  }

  @Test
  void ofTestsAtTheSameTimeTheLastAnswers() {
    check.begin("first");
    held.add(Memory.allocate(3000));
    check.begin("second");
    check.end(() -> {});
    var error = assertThrows(AssertionError.class, () -> check.end(() -> {}));
    assertTrue(error.getMessage().contains("first or second"), error::getMessage);
  }

  @Test
  @OutsideScopes
  void fieldsOfTheTestMayHoldMemory() {
    field = Memory.allocate(3000);
    assertFalse(field.isReleased());
  }

  private static void inAnotherThread(Runnable body) throws InterruptedException {
    var thread = Thread.ofPlatform().start(body);
    thread.join();
  }
}
