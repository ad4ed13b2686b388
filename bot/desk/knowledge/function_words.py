"""Words that stand in every question, by language: they tell nothing about what is asked."""

COMMON_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before but by can could did do does doing for
    from get give got had has have help her here hey hi hello him his how i if in into is it its just know let like
    make many may me might more most much must my need no not of on one or our out over please put s she should so
    some such t tell than thank thanks that the their them then there these they this those to too up us use very
    want was way we were what when where which while who why will with would yes yet you your
    """.split()  # noqa: SIM905 (a column of quoted words reads worse)
)
"""Words of questions, not of answers: a passage that shares only these with a question does not answer it."""


FUNCTION_WORDS = {
    "en": COMMON_WORDS,
    "de": frozenset(
        """
        aber als am an auch auf aus bei bin bitte das dass dem den der des die ein eine einen einer es für habe haben
        hat ich ihr im in ist kann können man mein meine meinen mich mir mit muss nach nicht noch oder sich sie sind
        um und uns vom von wann warum was wenn wie wird wir wo zu zum zur über
        """.split()  # noqa: SIM905
    ),
    "fr": frozenset(
        """
        au aux avec ce ces comment dans de des du elle en est et être il je la le les leur ma mes mon ne nous
        on ou où par pas pour pourquoi puis quand que quel quelle qui sa se ses si son sont sur un une votre vos vous
        """.split()  # noqa: SIM905
    ),
    "es": frozenset(
        """
        al como con cómo cuando cuál cuándo de del donde dónde el ella en es esta este esto hay la las lo los mi mis
        no para pero por porque puede puedo que qué se si sin sobre son su sus tengo un una yo
        """.split()  # noqa: SIM905
    ),
    "it": frozenset(
        """
        che chi come con cosa da dal dei del della delle di dove è gli ha hai ho i il in io la le lo ma mi mia mio nel
        nella non per perché posso può quando quanto questo questa se si sono su suo tra un una vorrei
        """.split()  # noqa: SIM905
    ),
    "pt": frozenset(
        """
        ao aos as até com como da das de do dos é ela ele em está estou eu foi isso mas me meu minha na não nas no nos
        o onde os ou para pela pelo por porque posso quando que quero se seu sua tenho um uma você
        """.split()  # noqa: SIM905
    ),
    "nl": frozenset(
        """
        aan als bij dat de deze dit door een en er gaat geen heb heeft het hoe hoeveel ik in is jullie kan kunnen maar
        mag met mij mijn naar niet nog of om ook op te uit van voor waar waarom wanneer wat we welke wij worden ze zijn
        """.split()  # noqa: SIM905
    ),
}
"""Language → its words of questions."""
