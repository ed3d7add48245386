"""Values in conditional access policies that Microsoft defines identically in every tenant."""

import re

WORDS = frozenset(
    {
        "All",
        "None",
        "AllTrusted",
        "GuestsOrExternalUsers",
        "Office365",
        "MicrosoftAdminPortals",
        "ServicePrincipalsInMyTenant",
    }
)
STRENGTHS = frozenset(f"00000000-0000-0000-0000-00000000000{number}" for number in (2, 3, 4))
"""Multifactor authentication, passwordless, and phishing-resistant."""
OF_MICROSOFT = re.compile(r"[0-9a-f]{8}-0000-(?:0000-c000|0ff1-ce00)-000000000000")
"""The ids of Microsoft's first-party applications: Graph, Exchange, SharePoint, Intune and others."""
APPLICATIONS = frozenset(
    {
        "0af06dc6-e4b5-4f28-818e-e78e62d137a5",
        "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
        "2793995e-0a7d-40d7-bd35-6968ba142197",
        "372140e0-b3b7-4226-8ef9-d57986796201",
        "45a330b1-b1ec-4cc1-9161-9f03992aa49f",
        "4765445b-32c6-49b0-83e6-1d93765276ca",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7",
        "9cdead84-a844-4324-93f2-b2e6bb768d07",
        "a4a365df-50f1-4397-bc59-1a1564b8bb9c",
        "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87",
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        "d4ebce55-015a-49b5-a083-c84d1797ae8c",
        "fc780465-2017-40d4-a0c5-307022471b92",
    }
)
"""Further Microsoft applications: Azure management, Teams, enrollment, Windows 365, virtual desktops, Office."""
ROLE_TEMPLATES = frozenset(
    {
        "0526716b-113d-4c15-b2c8-68e3c22b9f80",
        "0964bb5e-9bdb-4d7b-ac29-58e794862a40",
        "0f971eea-41eb-4569-a71e-57bb8a3eff1e",
        "11648597-926c-4cf3-9c36-bcebb0ba8dcc",
        "1501b917-7653-4ff9-a4b5-203eaf33784f",
        "158c047a-c907-4556-b7ef-446551a6b5f7",
        "1707125e-0aa2-4d4d-8655-a7c786c76a25",
        "17315797-102d-40b4-93e0-432062caca18",
        "194ae4cb-b126-40b2-bd5b-6091b380977d",
        "1d336d2c-4ae8-42ef-9711-b3604ce3fc2c",
        "25a516ed-2fa0-40ea-a2d0-12923a21473a",
        "25df335f-86eb-4119-b717-0ff02de207e9",
        "281fe777-fb20-4fbb-b7a3-ccebce5b0d96",
        "29232cdf-9323-42fd-ade2-1d097af3e4de",
        "2ea5ce4c-b2d8-4668-bd81-3680bd2d227a",
        "31392ffb-586c-42d1-9346-e59415a2cc4e",
        "31e939ad-9672-4796-9c2e-873181342d2d",
        "38a96431-2bdf-4b4c-8b6e-5d3d8abac1a4",
        "3a2c62db-5318-420d-8d74-23affee5d9d5",
        "3edaf663-341e-4475-9f94-5c398ef6c070",
        "3f1acade-1e04-4fbc-9b69-f0302cd84aef",
        "44367163-eba1-44c3-98af-f5787879f96a",
        "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
        "4a5d8f65-41da-4de4-8968-e035b65339cf",
        "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
        "58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d",
        "59d46f88-662b-457b-bceb-5c3809e5908f",
        "5b784334-f94b-471a-a387-e7219fc49ca2",
        "5c4f9dcd-47dc-4cf7-8c9a-9e4207cbfc91",
        "5d6b6bb7-de71-4623-b4af-96380a352509",
        "62e90394-69f5-4237-9190-012177145e10",
        "644ef478-e28f-4e28-b9dc-3fdde9aa0b1f",
        "69091246-20e8-4a56-aa4d-066075b2a7a8",
        "6e591065-9bad-43ed-90f3-e9424366d2f0",
        "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        "744ec460-397e-42ad-a462-8b3f9747a02c",
        "7495fdc4-34c4-4d15-a289-98788ce399fd",
        "74ef975b-6605-40af-a5d2-b9539d836353",
        "7698a772-787b-4ac8-901f-60d6b08affd2",
        "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
        "8329153b-31d0-4727-b945-745eb3bc5f31",
        "8424c6f0-a189-499e-bbd0-26c1753c96d4",
        "8835291a-918c-4fd7-a9ce-faa49f0cf7d9",
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
        "892c5842-a9a6-463a-8041-72aa08ca3cf6",
        "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
        "8c8b803f-96e1-4129-9349-20738d9f9652",
        "9360feb5-f418-4baa-8175-e2a00bac4301",
        "95e79109-95c0-4d8e-aee3-d01accf2d47b",
        "963797fb-eb3b-4cde-8ce3-5878b3f32a3f",
        "966707d0-3269-4727-9be2-8c3a10f19b9d",
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
        "9c6df0f2-1e7c-4dc3-b195-66dfbd24aa8f",
        "9c99539d-8186-4804-835f-fd51ef9e2dcd",
        "9f06204d-73c1-4d4c-880a-6edb90606fd8",
        "a9ea8996-122f-4c74-9520-8edcd192826c",
        "aaf43236-0c0d-4d5f-883a-6955382ac081",
        "ac16e43d-7b2d-40e0-ac05-243ff356ab5b",
        "ac434307-12b9-4fa1-a708-88bf58caabc1",
        "b0f54661-2d74-4c50-afa3-1ec803f12efe",
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
        "b5a8dcf3-09d5-43a9-a639-8e29ef291470",
        "be2f45a1-457d-42af-a067-6ec1fa63bc45",
        "c430b396-e693-46cc-96f3-db01bf8bb62a",
        "c4e39bd9-1100-46d3-8c65-fb160da0071f",
        "cf1c38e5-3621-4004-a7cb-879624dced7c",
        "d24aef57-1500-4070-84db-2666f29cf966",
        "d29b2b05-8046-44ba-8758-1e26182fcf32",
        "d37c8bed-0711-4417-ba38-b4abe66ce4c2",
        "e3973bdf-4987-49ae-837a-ba8e231c7286",
        "e6d1a23a-da11-4be4-9570-befc86d067a7",
        "e8611ab8-c189-46e8-94e1-60213ab1f814",
        "e8cef6f1-e4bd-4ea8-bc07-4b8d950f4477",
        "eb1f4a8d-243a-41f0-9fbd-c7cdf6c5ef7c",
        "ee67aa9c-e510-4759-b906-227085a7fd4d",
        "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "fdd7a751-b60b-444a-984c-02652fe8fa1c",
        "fe930be7-5e62-47db-91af-98c3a49a38b1",
        "ffd52fa5-98dc-465c-991d-fc073eb59f8f",
    }
)
"""Built-in roles of Entra ID (learn.microsoft.com, "Microsoft Entra built-in roles").

Custom roles belong to a tenant.
"""
