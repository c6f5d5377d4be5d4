using EdgeAgent.Queries;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Queries;

/// <summary>The decision as a truth table: every combination of what it depends on has its row.</summary>
public sealed class AnswerPlannerTests
{
    /// <summary>
    /// Outcome, levels, stored, preset, begun, only the student's answer would do -> action, code. <c>*</c> is any value; the first row
    /// that fits counts, and every combination fits one.
    /// </summary>
    private const string Table = """
        NotTried     *     yes *   *    no   ServeStored
        NotTried     L0-L2 no  *   *    no   Generate
        NotTried     L0-L2 *   *   *    yes  Generate
        NotTried     L3-L4 no  *   yes  no   Refuse unavailable
        NotTried     L3-L4 no  yes no   no   ServePreset
        NotTried     L3-L4 no  no  no   no   Refuse unavailable
        NotTried     L3-L4 *   *   *    yes  Refuse unavailable
        Cancelled    *     *   *   *    *    EndCancelled
        Overheated   *     *   *   yes  *    EndDegraded
        Overheated   *     yes *   no   no   ServeStored
        Overheated   *     no  yes no   no   ServePreset
        Overheated   *     no  no  no   no   Refuse unavailable
        Overheated   *     *   *   no   yes  Refuse unavailable
        Busy         *     *   *   yes  *    Refuse overloaded
        Busy         *     yes *   no   no   ServeStored
        Busy         *     no  yes no   no   ServePreset
        Busy         *     no  no  no   no   Refuse overloaded
        Busy         *     *   *   no   yes  Refuse overloaded
        Away         *     *   *   yes  *    Refuse unavailable
        Away         *     yes *   no   no   ServeStored
        Away         *     no  yes no   no   ServePreset
        Away         *     no  no  no   no   Refuse unavailable
        Away         *     *   *   no   yes  Refuse unavailable
        Failed       *     *   *   yes  *    Refuse unavailable
        Failed       *     yes *   no   no   ServeStored
        Failed       *     no  yes no   no   ServePreset
        Failed       *     no  no  no   no   Refuse unavailable
        Failed       *     *   *   no   yes  Refuse unavailable
        TooLong      *     *   *   *    *    Refuse too_long
        Invalid      *     *   *   *    *    Refuse invalid_request
        Expired      *     *   *   *    *    Refuse expired
        Stopping     *     *   *   *    *    Refuse unavailable
        """;

    private static readonly bool[] Either = [false, true];

    [Fact]
    public void Decide_EverySituation_IsTheTablesRow()
    {
        var rows = Table.Split('\n').Select(r => r.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var used = new HashSet<string[]>();
        foreach (var outcome in Enum.GetValues<GenerationOutcome>())
            foreach (var level in Enum.GetValues<Level>())
                foreach (var stored in Either)
                    foreach (var preset in Either)
                        foreach (var begun in Either)
                            foreach (var needsStudent in Either)
                            {
                                var row = rows.FirstOrDefault(r => r[0] == outcome.ToString() && FitsLevel(r[1], level)
                                    && Fits(r[2], stored) && Fits(r[3], preset) && Fits(r[4], begun) && Fits(r[5], needsStudent));
                                Assert.True(row is not null, $"no row for {outcome} {level} {stored} {preset} {begun} {needsStudent}");
                                used.Add(row);
                                var plan = AnswerPlanner.Decide(new AnswerSituation(outcome, level, stored, preset, begun, needsStudent));
                                Assert.Equal((row[6], row.ElementAtOrDefault(7)), (plan.Action.ToString(), plan.Code));
                            }
        Assert.Equal(rows.Count, used.Count);
    }

    [Theory]
    [InlineData("NotTried", "L0-L1", false, "SameQuestion")]
    [InlineData("NotTried", "L2-L4", false, "SimilarQuestion")]
    [InlineData("Busy", "*", false, "SimilarQuestion")]
    [InlineData("Away", "*", false, "SimilarQuestion")]
    [InlineData("Failed", "*", false, "SimilarQuestion")]
    [InlineData("Overheated", "*", false, "SimilarQuestion")]
    [InlineData("Busy", "*", true, "None")]
    [InlineData("Failed", "*", true, "None")]
    [InlineData("Expired", "*", false, "None")]
    [InlineData("TooLong", "*", false, "None")]
    [InlineData("Invalid", "*", false, "None")]
    [InlineData("Cancelled", "*", false, "None")]
    [InlineData("Stopping", "*", false, "None")]
    public void SearchFor_SimilarQuestions_OnlyWhereTheAlternativeIsNoAnswerOrTheDeviceIsWarm(string outcome, string levels, bool begun,
        string expected)
    {
        foreach (var level in Enum.GetValues<Level>().Where(l => FitsLevel(levels, l)))
        {
            var tried = Enum.Parse<GenerationOutcome>(outcome);
            Assert.Equal(expected, AnswerPlanner.SearchFor(tried, level, begun, needsStudent: false).ToString());
            Assert.Equal(StoredSearch.None, AnswerPlanner.SearchFor(tried, level, begun, needsStudent: true));
        }
    }

    [Theory]
    [InlineData(Level.L0, 100, 100)]
    [InlineData(Level.L1, 100, 50)]
    [InlineData(Level.L2, 1, 1)]
    public void Tokens_ByLevel_AreHalvedFromL1(Level level, int asked, int left) => Assert.Equal(left, AnswerPlanner.Tokens(asked, level));

    private static bool Fits(string cell, bool value) => cell == "*" || cell == "yes" == value;

    private static bool FitsLevel(string cell, Level level) =>
        cell == "*" || level >= Enum.Parse<Level>(cell[..2]) && level <= Enum.Parse<Level>(cell[3..]);

    /// <summary>Outcome, level, stored, begun, only the student would do, what documents say, who words -> action.</summary>
    [Theory]
    [InlineData("NotTried L0 no no no Answer Extract", "ServeDocuments")]
    [InlineData("NotTried L4 no no no Answer Extract", "ServeDocuments")]
    [InlineData("NotTried L0 yes no no Answer Extract", "ServeStored")]
    [InlineData("NotTried L0 no no no Answer Student", "GenerateFromDocuments")]
    [InlineData("NotTried L1 no no no Answer Student", "GenerateFromDocuments")]
    [InlineData("NotTried L2 no no no Answer Student", "ServeDocuments")]
    [InlineData("NotTried L0 no no no Nothing Student", "ServeDocuments")]
    [InlineData("NotTried L4 no no no Nothing Extract", "ServeDocuments")]
    [InlineData("NotTried L0 no no yes Answer Extract", "Generate")]
    [InlineData("NotTried L0 no no yes Nothing Extract", "Generate")]
    [InlineData("Failed L0 no no no Answer Student", "ServeDocuments")]
    [InlineData("Busy L0 no no no Answer Student", "ServeDocuments")]
    [InlineData("TooLong L0 no no no Answer Student", "ServeDocuments")]
    [InlineData("TooLong L0 no no no NotAsked Student", "Refuse")]
    [InlineData("Expired L0 no no no Answer Student", "Refuse")]
    [InlineData("Cancelled L0 no no no Answer Student", "EndCancelled")]
    public void Decide_WithDocuments_IsTheTablesAction(string situation, string action)
    {
        var words = situation.Split(' ');
        var plan = AnswerPlanner.Decide(new AnswerSituation(Enum.Parse<GenerationOutcome>(words[0]), Enum.Parse<Level>(words[1]),
            words[2] == "yes", HasPreset: false, words[3] == "yes", words[4] == "yes")
        {
            Documents = Enum.Parse<DocumentSay>(words[5]),
            ComposesWithStudent = words[6] == "Student"
        });
        Assert.Equal(Enum.Parse<AnswerAction>(action), plan.Action);
    }
}
