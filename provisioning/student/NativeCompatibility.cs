using System.Buffers.Binary;
using System.Text;

namespace EdgeAgent.Lab;

/// <summary>
/// TorchSharp's native library requires GLIBCXX_3.4.32, which Debian 12 does not have, because of one marker symbol that is never
/// called. This makes the requirement weak (ELF version flag 2, symbol binding 2) in the copy beside the lab.
/// </summary>
internal static class NativeCompatibility
{
    private const string Version = "GLIBCXX_3.4.32", Symbol = "_ZSt21ios_base_library_initv";
    private const int DynamicSymbols = 11, VersionNeeds = 0x6ffffffe;

    private readonly record struct Section(int Type, long Offset, long Size, int Link);

    /// <summary>Returns the number of changed entries; 0 when the file needs no change.</summary>
    public static int Weaken(string path)
    {
        var elf = File.ReadAllBytes(path);
        var sections = Sections(elf);
        var symbols = sections.First(s => s.Type == DynamicSymbols);
        var strings = sections[symbols.Link].Offset;
        var changed = WeakenVersion(elf, sections.First(s => s.Type == VersionNeeds).Offset, strings) + WeakenSymbol(elf, symbols, strings);
        if (changed == 0) return 0;
        File.WriteAllBytes(path + ".new", elf);
        File.Move(path + ".new", path, overwrite: true); // the loader never sees half a file
        return changed;
    }

    private static List<Section> Sections(byte[] elf)
    {
        var table = BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(0x28));
        int size = U16(elf, 0x3A), count = U16(elf, 0x3C);
        return [.. Enumerable.Range(0, count).Select(i => (int)table + i * size).Select(at => new Section(
            I32(elf, at + 4), BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at + 24)),
            BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at + 32)), I32(elf, at + 40)))];
    }

    private static int WeakenVersion(byte[] elf, long needs, long strings)
    {
        var changed = 0;
        for (var at = (int)needs; ; at += I32(elf, at + 12))
        {
            var entry = at + I32(elf, at + 8);
            for (var i = 0; i < U16(elf, at + 2); i++, entry += I32(elf, entry + 12))
            {
                if (Name(elf, strings + I32(elf, entry + 8)) != Version || (elf[entry + 4] & 2) != 0) continue;
                elf[entry + 4] |= 2;
                changed++;
            }
            if (I32(elf, at + 12) == 0) return changed;
        }
    }

    private static int WeakenSymbol(byte[] elf, Section symbols, long strings)
    {
        const int entrySize = 24, weak = 2;
        for (var at = (int)symbols.Offset; at < symbols.Offset + symbols.Size; at += entrySize)
        {
            if (Name(elf, strings + I32(elf, at)) != Symbol || elf[at + 4] >> 4 == weak) continue;
            elf[at + 4] = (byte)(weak << 4 | elf[at + 4] & 15);
            return 1;
        }
        return 0;
    }

    private static string Name(byte[] elf, long at) =>
        Encoding.ASCII.GetString(elf, (int)at, Array.IndexOf(elf, (byte)0, (int)at) - (int)at);
    private static ushort U16(byte[] b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b.AsSpan(at));
    private static int I32(byte[] b, int at) => BinaryPrimitives.ReadInt32LittleEndian(b.AsSpan(at));
}
