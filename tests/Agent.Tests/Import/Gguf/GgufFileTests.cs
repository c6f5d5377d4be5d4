using System.Text;
using CsCheck;
using EdgeAgent.Import.Gguf;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Import.Gguf;

public sealed class GgufFileTests
{
    /// <summary>Whatever the bytes, reading ends in tensors inside the file or in a ModelFileException.</summary>
    [Fact]
    public void Open_RandomMutations_NeverEscapeTheFile()
    {
        using var directory = new TemporaryDirectory();
        var valid = Small();
        Gen.Select(Gen.Int[1, 8], Gen.Int).Sample((edits, seed) =>
        {
            var random = new Random(seed);
            var bytes = valid.ToArray();
            for (var i = 0; i < edits; i++)
            {
                var at = random.Next(bytes.Length);
                if (random.Next(4) == 0) bytes = bytes[..Math.Max(1, at)];
                else bytes[at] = random.Next(3) switch { 0 => 0xff, 1 => 0, _ => (byte)random.Next(256) };
            }
            var path = directory.File($"{Environment.CurrentManagedThreadId}.gguf");
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = GgufFile.Open(path);
                foreach (var tensor in file.Tensors.Values) Assert.InRange(tensor.Offset + tensor.Length, 1, bytes.Length);
            }
            catch (ModelFileException)
            {
                // the stated outcome
            }
        }, iter: Fuzzing.Cases);
    }

    [Theory]
    [InlineData(0, "the magic 'GGUF'")]
    [InlineData(4, "version 2 or 3")]
    [InlineData(8, "tensors")]
    [InlineData(16, "metadata entries")]
    public void Open_HeaderBroken_SaysWhat(int at, string said)
    {
        using var directory = new TemporaryDirectory();
        var bytes = Small();
        bytes.AsSpan(at, 4).Fill(0xf7);
        File.WriteAllBytes(directory.File("x.gguf"), bytes);
        Assert.Contains(said, Assert.Throws<ModelFileException>(() => GgufFile.Open(directory.File("x.gguf"))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A file with two metadata entries and one tensor.</summary>
    private static byte[] Small()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string s)
        {
            writer.Write((ulong)Encoding.UTF8.GetByteCount(s));
            writer.Write(Encoding.UTF8.GetBytes(s));
        }
        writer.Write(Encoding.ASCII.GetBytes("GGUF"));
        writer.Write(3u);
        writer.Write(1UL);
        writer.Write(2UL);
        Text("general.architecture");
        writer.Write(8u);
        Text("llama");
        Text("list");
        writer.Write(9u);
        writer.Write(4u);
        writer.Write(3UL);
        for (var i = 0u; i < 3; i++) writer.Write(i);
        Text("t");
        writer.Write(2u);
        writer.Write(64UL);
        writer.Write(2UL);
        writer.Write((uint)GgufType.Q4_0);
        writer.Write(0UL);
        while (stream.Length % 32 != 0) writer.Write((byte)0);
        writer.Write(new byte[4 * 18]);
        return stream.ToArray();
    }
}
