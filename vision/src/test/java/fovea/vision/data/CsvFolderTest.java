package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvFolderTest {
  @TempDir Path dir;

  @BeforeEach
  void images() throws IOException {
    Samples.tree(dir, "images/0.png", "images/1.png", "images/2.png", "images/größe.png");
  }

  private Path table(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  @Test
  void classes() throws IOException {
    table(
        "labels.csv",
        "\uFEFFfilename;label;split\r\n0.png;dog;train\r\n\"1.png\";\"a \"\"cat\"\"\";train\r\n\r\n2;dog;test\r\ngröße.png;dog;val\r\n");
    var data = Datasets.open(dir);
    assertEquals(List.of("a \"cat\"", "dog"), data.classes());
    assertEquals(Task.CLASSIFICATION, data.train().task());
    assertEquals(1, data.train().label(0));
    assertEquals(0, data.train().label(1));
    assertEquals("images/2.png", data.test().source(0));
    assertEquals("images/größe.png", data.validation().source(0));
    assertArrayEquals(new int[] {1, 1}, data.train().counts());
  }

  @Test
  void numberedClassesAreInOrder() throws IOException {
    table("train.csv", "id,class\n0,10\n1,2\n");
    table("test.csv", "id,class\n2,2\n");
    assertEquals(List.of("2", "10"), Datasets.open(dir).classes());
    table("test.csv", "id,class\n2,3\n");
    fails(() -> Datasets.open(dir), "test.csv, line 2: \"3\" is no class of the training images");
  }

  @Test
  void several() throws IOException {
    table("labels.csv", "image,tags,split\n0,sea|sand,train\n1,,train\n2,sand,test\n");
    var data = Datasets.open(dir);
    assertEquals(Task.MULTI_LABEL, data.train().task());
    assertEquals(List.of("sand", "sea"), data.classes());
    assertArrayEquals(new int[] {0, 1}, data.train().annotations(0).labels());
    assertArrayEquals(new int[0], data.train().annotations(1).labels());
    table("labels.csv", "image,sea,sand,split\n0,1,1,train\n1,0,0,train\n2,0,1,test\n");
    data = Datasets.open(dir);
    assertEquals(List.of("sea", "sand"), data.classes());
    assertArrayEquals(new int[] {1}, data.test().annotations(0).labels());
  }

  @Test
  void numbers() throws IOException {
    var file = table("ages.csv", "path,age,height\n0,31.5,1e2\n1,7,-3\n2,8,0\n");
    var data = Datasets.open(file);
    assertEquals(Task.REGRESSION, data.train().task());
    assertEquals(List.of("age", "height"), data.classes());
    assertEquals(3, data.train().size() + data.test().size());
    var one =
        Datasets.openCsv(file, CsvColumns.FOUND.image("path").labels("age").task(Task.REGRESSION));
    assertArrayEquals(new float[] {31.5f}, one.train().annotations(0).targets());
    assertEquals(Dataset.NO_LABEL, one.train().label(0));
  }

  @Test
  void broken() throws IOException {
    var file = table("labels.csv", "filename,label\n0,cat\n1,dog,x\n");
    fails(() -> Datasets.open(dir), file, "line 3: it has 3 columns and the heads have 2");
    table("labels.csv", "filename,label\n0,\"cat\n");
    fails(() -> Datasets.open(dir), file, "line 2: a quotation mark is never closed");
    table("labels.csv", "");
    fails(() -> Datasets.open(dir), file, "is empty");
    table("labels.csv", "filename,label\n");
    fails(() -> Datasets.open(dir), file, "names no training images");
    table("labels.csv", "picture,label\n0,cat\n");
    fails(() -> Datasets.open(dir), file, "the columns [picture, label]", "name the one");
    table("labels.csv", "filename\n0\n");
    fails(() -> Datasets.open(dir), file, "nothing to learn");
    table("labels.csv", "filename,a,b\n0,x,1\n");
    fails(() -> Datasets.open(dir), file, "[a, b]", "neither all 0 or 1 nor all numbers");
    table("labels.csv", "filename,label\n0,cat\n\n9,dog\n");
    fails(() -> Datasets.open(dir), file, "line 4: there is no image \"9\"");
    table("labels.csv", "filename,label\n../../etc/passwd,cat\n");
    fails(() -> Datasets.open(dir), file, "line 2", "no plain path");
    table("labels.csv", "filename,label,split\n0,cat,train\n1,dog,all\n");
    fails(
        () -> Datasets.open(dir), file, "line 3", "\"all\", which is neither train, val nor test");
    table("labels.csv", "filename,a,b\n0,1,2\n1,NaN,3\n");
    fails(() -> Datasets.open(dir), file, "neither all 0 or 1 nor all numbers");
    fails(
        () -> Datasets.openCsv(file, CsvColumns.FOUND.labels("c")),
        "no column \"c\", only [filename, a, b]");
    fails(
        () -> Datasets.openCsv(file, CsvColumns.FOUND.task(Task.REGRESSION)),
        "line 3: column \"a\" is \"NaN\" and not a number");
    fails(
        () -> Datasets.openCsv(file, CsvColumns.FOUND.task(Task.MULTI_LABEL)),
        "line 2: column \"b\" is \"2\" and not 0 or 1");
    Files.delete(file);
    fails(() -> Datasets.openCsv(file, CsvColumns.FOUND), "nothing lies at");
  }
}
